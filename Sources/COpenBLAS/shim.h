#include <cblas.h>

// The LAPACK routines used, by their Fortran names: OpenBLAS holds them, but Debian ships their C
// prototypes in another package. Every argument is passed by address; integers are blasint.
void dsyevd_(const char *job, const char *triangle, const blasint *order, double *matrix,
             const blasint *leading, double *values, double *work, const blasint *work_count,
             blasint *integer_work, const blasint *integer_work_count, blasint *info);
void dgesdd_(const char *job, const blasint *rows, const blasint *columns, double *matrix,
             const blasint *leading, double *values, double *left, const blasint *left_leading,
             double *right, const blasint *right_leading, double *work, const blasint *work_count,
             blasint *integer_work, blasint *info);
void dsyevr_(const char *job, const char *range, const char *triangle, const blasint *order,
             double *matrix, const blasint *leading, const double *lowest, const double *highest,
             const blasint *first, const blasint *last, const double *tolerance, blasint *found,
             double *values, double *vectors, const blasint *vector_leading, blasint *support,
             double *work, const blasint *work_count, blasint *integer_work,
             const blasint *integer_work_count, blasint *info);
void dgeqrf_(const blasint *rows, const blasint *columns, double *matrix, const blasint *leading,
             double *reflectors, double *work, const blasint *work_count, blasint *info);
void dorgqr_(const blasint *rows, const blasint *columns, const blasint *reflector_count,
             double *matrix, const blasint *leading, const double *reflectors, double *work,
             const blasint *work_count, blasint *info);
void dstebz_(const char *range, const char *sequence, const blasint *order, const double *lowest,
             const double *highest, const blasint *first, const blasint *last,
             const double *tolerance, const double *diagonal, const double *beside, blasint *found,
             blasint *blocks, double *values, blasint *value_blocks, blasint *block_ends,
             double *work, blasint *integer_work, blasint *info);
