#include "CProcess.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

pid_t cp_fork(void) { return fork(); }

// Closes the descriptors of a range.
static void close_all(int first, int last) {
  if (first > last) return;
#if defined(SYS_close_range)
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
  struct rlimit limit = {256, 256};
  getrlimit(RLIMIT_NOFILE, &limit);
  // A limit of millions is no sign of millions of open files.
  int most = limit.rlim_cur < 4096 ? (int)limit.rlim_cur : 4096;
  for (int descriptor = first; descriptor <= last && descriptor < most; descriptor++) {
    close(descriptor);
  }
}

void cp_detach(int first, int second) {
  int nothing = open("/dev/null", O_RDWR);
  for (int stream = 0; nothing >= 0 && stream < 3; stream++) dup2(nothing, stream);
  int low = first < second ? first : second;
  int high = first < second ? second : first;
  close_all(3, low - 1);
  close_all(low + 1, high - 1);
  close_all(high + 1, INT_MAX);
}

// The private, writable memory of this process, in bytes: what RLIMIT_DATA counts.
static uint64_t data_bytes(void) {
  unsigned long long pages = 0;
#if defined(__linux__)
  FILE *file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%*u %*u %*u %*u %*u %llu", &pages) != 1) pages = 0;
    fclose(file);
  }
#endif
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void lower(int resource, uint64_t value, uint64_t hard) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > hard) limit.rlim_max = hard;
  limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
  setrlimit(resource, &limit);
}

void cp_confine(uint64_t bytes, unsigned milliseconds) {
  int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGPROF, SIGXCPU};
  for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) signal(faults[i], SIG_DFL);
  // A thread of a pool holds signals back.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  lower(RLIMIT_CORE, 0, 0);
  lower(RLIMIT_FSIZE, 0, 0);
  // The limit on processor time knows whole seconds only; it stands behind the timer.
  lower(RLIMIT_CPU, milliseconds / 1000 + 2, milliseconds / 1000 + 3);
  struct itimerval time = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
  setitimer(ITIMER_PROF, &time, NULL);
  uint64_t most = data_bytes() + bytes;
  lower(RLIMIT_DATA, most, most);
#if defined(__GLIBC__)
  mallopt(M_PERTURB, 0x5A);
#endif
}
