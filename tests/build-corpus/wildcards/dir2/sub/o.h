dir2/sub/o.h
