#ifndef CLONES_H
#define CLONES_H

// One compiled copy per instruction set, chosen when the program is loaded (ifunc). Only where
// compiler and loader support it; elsewhere the one plain copy is what runs.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

// A helper that must be compiled into each of the copies that use it.
#define INLINE static inline __attribute__((always_inline))

#endif
