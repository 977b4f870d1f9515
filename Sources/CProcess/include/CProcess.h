#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdint.h>
#include <sys/types.h>

// What Swift cannot say to the system itself: processes that go on from here in two copies, and their
// limits.

/// Makes a copy of this process, as fork(2): 0 in the copy, the copy's number here, -1 for a failure.
pid_t cp_fork(void);

/// Leaves the standard streams, and every other descriptor but the two given, to whoever else has them.
void cp_detach(int first, int second);

/// Confines this process for the rest of its life: `bytes` more of memory than it has now, so many
/// milliseconds of processor time (SIGPROF ends it then), no core dump, no byte into a file. A fault of
/// its own ends it, whatever handlers it had, and memory that it never wrote or has given back does not
/// look like sound data.
void cp_confine(uint64_t bytes, unsigned milliseconds);

#endif
