#define _GNU_SOURCE
#include "CAllocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITISED 1
#endif
#endif

// glibc lets a program replace malloc and keeps its own under another name.
#if defined(__GLIBC__) && !defined(SANITISED)
static _Thread_local bool is_counting;
static _Thread_local unsigned long count;

void ca_start_counting(void) {
  count = 0;
  is_counting = true;
}

unsigned long ca_stop_counting(void) {
  is_counting = false;
  return count;
}

static void note(void *caller) {
  if (!is_counting) return;
  Dl_info image;
  if (dladdr(caller, &image) && image.dli_fname && strstr(image.dli_fname, "openblas")) return;
  count++;
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  note(__builtin_return_address(0));
  return __libc_malloc(size);
}
void *calloc(size_t items, size_t size) {
  note(__builtin_return_address(0));
  return __libc_calloc(items, size);
}
void *realloc(void *old, size_t size) {
  note(__builtin_return_address(0));
  return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **result, size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
#else
void ca_start_counting(void) {}
unsigned long ca_stop_counting(void) { return 0; }
#endif
