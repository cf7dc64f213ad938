dir2/sub/n.c
