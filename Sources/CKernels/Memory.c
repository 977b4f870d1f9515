#include "CKernels.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void ck_share_heap(void) {
#if defined(__GLIBC__)
  mallopt(M_ARENA_MAX, 1);
#endif
}
