// Room HDF5
