dir1/sub/m.c
