"""Pictures that the program draws itself, for `imaging demo`: one file per manner of drawing."""
