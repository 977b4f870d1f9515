#include "CKernels.h"
#include "clones.h"

// The points t with 0 ≤ stride·t + offset < n lie in first ..< last.
INLINE void inside(ptrdiff_t n, ptrdiff_t offset, ptrdiff_t stride, ptrdiff_t count,
                   ptrdiff_t *first, ptrdiff_t *last) {
  *first = offset < 0 ? (stride - 1 - offset) / stride : 0;
  *last = n > offset ? (n - offset + stride - 1) / stride : 0;
  *first = *first < count ? *first : count;
  *last = *last < *first ? *first : (*last < count ? *last : count);
}

// With a constant stride the compiler vectorises the loop.
INLINE void gather(const float *x, ptrdiff_t stride, float *out, ptrdiff_t count) {
  for (ptrdiff_t t = 0; t < count; t++) out[t] = x[stride * t];
}

INLINE void scatter(float *x, ptrdiff_t stride, const float *g, ptrdiff_t count) {
  for (ptrdiff_t t = 0; t < count; t++) x[stride * t] += g[t];
}

CLONES void ck_unfold(const float *x, ptrdiff_t n, ptrdiff_t offset, ptrdiff_t stride, float *out,
                      ptrdiff_t count) {
  ptrdiff_t first, last;
  inside(n, offset, stride, count, &first, &last);
  for (ptrdiff_t t = 0; t < first; t++) out[t] = 0;
  const float *from = x + stride * first + offset;
  if (stride == 1)
    gather(from, 1, out + first, last - first);
  else if (stride == 2)
    gather(from, 2, out + first, last - first);
  else
    gather(from, stride, out + first, last - first);
  for (ptrdiff_t t = last; t < count; t++) out[t] = 0;
}

CLONES void ck_fold(float *x, ptrdiff_t n, ptrdiff_t offset, ptrdiff_t stride, const float *g,
                    ptrdiff_t count) {
  ptrdiff_t first, last;
  inside(n, offset, stride, count, &first, &last);
  float *to = x + stride * first + offset;
  if (stride == 1)
    scatter(to, 1, g + first, last - first);
  else if (stride == 2)
    scatter(to, 2, g + first, last - first);
  else
    scatter(to, stride, g + first, last - first);
}
