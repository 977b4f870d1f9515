#include "CKernels.h"
#include "clones.h"

INLINE void gather(const float *x, ptrdiff_t stride, ptrdiff_t n, float *y) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[stride * i];
}

INLINE void scatter(float *x, ptrdiff_t stride, ptrdiff_t n, const float *y) {
  for (ptrdiff_t i = 0; i < n; i++) x[stride * i] += y[i];
}

// With a constant stride the compiler vectorises the loops.
CLONES void ck_gather(const float *x, ptrdiff_t stride, ptrdiff_t n, float *y) {
  if (stride == 1)
    gather(x, 1, n, y);
  else if (stride == 2)
    gather(x, 2, n, y);
  else if (stride == 4)
    gather(x, 4, n, y);
  else
    gather(x, stride, n, y);
}

CLONES void ck_scatter_add(float *x, ptrdiff_t stride, ptrdiff_t n, const float *y) {
  if (stride == 1)
    scatter(x, 1, n, y);
  else
    scatter(x, stride, n, y);
}
