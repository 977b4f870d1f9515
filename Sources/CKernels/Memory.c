#include "CKernels.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void ck_tame_heap(void) {
#if defined(__GLIBC__)
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}
