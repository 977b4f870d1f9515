#pragma once
/// Starts to count the allocations of memory by this thread, from 0.
///
/// Those that OpenBLAS makes for itself, in products of small matrices, do not count.
void ca_start_counting(void);
/// Stops counting and returns the number; always 0 where allocations cannot be counted.
unsigned long ca_stop_counting(void);
