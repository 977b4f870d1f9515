#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H

#include <hdf5.h>
#include <stdbool.h>
#include <string.h>

// HDF5's constants are macros that first initialise the library or depend on its version; Swift
// imports neither kind, so that each is a function here. Names: what they wrap, with `hdf5_` before.

static inline unsigned hdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned hdf5_create_exclusive(void) { return H5F_ACC_EXCL; }
static inline hid_t hdf5_any_file(void) { return (hid_t)H5F_OBJ_ALL; }
static inline unsigned hdf5_any_object(void) { return H5F_OBJ_ALL; }

static inline hid_t hdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t hdf5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t hdf5_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t hdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t hdf5_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t hdf5_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t hdf5_link_access(void) { return H5P_LINK_ACCESS; }
static inline hid_t hdf5_attribute_create(void) { return H5P_ATTRIBUTE_CREATE; }
static inline unsigned hdf5_order_tracked(void) { return H5P_CRT_ORDER_TRACKED; }
static inline unsigned hdf5_order_indexed(void) { return H5P_CRT_ORDER_INDEXED; }

static inline hid_t hdf5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t hdf5_native_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t hdf5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t hdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t hdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t hdf5_native_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t hdf5_native_uint32(void) { return H5T_NATIVE_UINT32; }
static inline hid_t hdf5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t hdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t hdf5_int8(void) { return H5T_STD_I8LE; }
static inline hid_t hdf5_int16(void) { return H5T_STD_I16LE; }
static inline hid_t hdf5_int32(void) { return H5T_STD_I32LE; }
static inline hid_t hdf5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t hdf5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t hdf5_uint16(void) { return H5T_STD_U16LE; }
static inline hid_t hdf5_uint32(void) { return H5T_STD_U32LE; }
static inline hid_t hdf5_uint64(void) { return H5T_STD_U64LE; }
static inline hid_t hdf5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t hdf5_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t hdf5_c_string(void) { return H5T_C_S1; }
static inline size_t hdf5_variable_length(void) { return H5T_VARIABLE; }

// The printing of errors is switched off for the calling thread in thread-safe builds of libhdf5,
// for the process in the others.
static inline void hdf5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

// A lock is done without where the file system has none. Older releases lack the call; there the
// user's HDF5_USE_FILE_LOCKING decides.
static inline herr_t hdf5_lock(hid_t access, bool lock) {
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  return H5Pset_file_locking(access, lock, true);
#else
  (void)access, (void)lock;
  return 0;
#endif
}

// True with the number of bytes of a chunk in the file, 0 for one that was never written; false when
// libhdf5 has none: releases differ in whether that is an error.
static inline bool hdf5_chunk_size(hid_t dataset, const hsize_t *offset, hsize_t *size) {
  *size = 0;
  return H5Dget_chunk_storage_size(dataset, offset, size) >= 0;
}

// The value of an element that was never written, as it lies in the file; zeros where none is defined.
static inline herr_t hdf5_fill_value(hid_t dataset, void *bytes, size_t size) {
  H5D_fill_value_t defined = H5D_FILL_VALUE_ERROR;
  H5D_fill_time_t time = H5D_FILL_TIME_ERROR;
  herr_t status = -1;
  memset(bytes, 0, size);
  hid_t creation = H5Dget_create_plist(dataset);
  hid_t type = H5Dget_type(dataset);
  if (creation >= 0 && type >= 0 && H5Tget_size(type) == size &&
      H5Pfill_value_defined(creation, &defined) >= 0 && H5Pget_fill_time(creation, &time) >= 0) {
    status = defined == H5D_FILL_VALUE_UNDEFINED || time == H5D_FILL_TIME_NEVER
                 ? 0
                 : H5Pget_fill_value(creation, type, bytes);
  }
  if (type >= 0) H5Tclose(type);
  if (creation >= 0) H5Pclose(creation);
  return status;
}

// Reads a chunk as it lies in the file; release 2.0 gave the call a new form.
static inline herr_t hdf5_read_chunk(hid_t dataset, const hsize_t *offset, uint32_t *mask,
                                     void *bytes, size_t size) {
#if H5_VERSION_GE(2, 0, 0)
  return H5Dread_chunk2(dataset, H5P_DEFAULT, offset, mask, bytes, &size);
#else
  (void)size;
  return H5Dread_chunk(dataset, H5P_DEFAULT, offset, mask, bytes);
#endif
}

// Called by libhdf5 before it follows an external link, wherever in a path it lies.
static inline herr_t hdf5_refuse(const char *parent_file, const char *parent_group,
                                 const char *file, const char *object, unsigned *flags,
                                 hid_t access, void *context) {
  (void)parent_file, (void)parent_group, (void)file, (void)object;
  (void)flags, (void)access, (void)context;
  return -1;
}

static inline herr_t hdf5_refuse_external_links(hid_t access) {
  return H5Pset_elink_cb(access, hdf5_refuse, NULL);
}

// Called by libhdf5 for each value that a conversion would change.
static inline H5T_conv_ret_t hdf5_abort(H5T_conv_except_t exception, hid_t from, hid_t to,
                                        void *source, void *target, void *context) {
  (void)exception, (void)from, (void)to, (void)source, (void)target, (void)context;
  return H5T_CONV_ABORT;
}

static inline herr_t hdf5_abort_inexact_conversions(hid_t transfer) {
  return H5Pset_type_conv_cb(transfer, hdf5_abort, NULL);
}

// Release 1.12 gave links and objects new information structs under the old names; what is the same
// in both is read here. `order` is the place in the order of creation, -1 where none is kept.
typedef herr_t (*hdf5_name_visitor)(const char *name, int64_t order, void *context);

struct hdf5_visit {
  hdf5_name_visitor visitor;
  void *context;
};

static inline herr_t hdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info,
                                     void *data) {
  const struct hdf5_visit *visit = (const struct hdf5_visit *)data;
  (void)group;
  return visit->visitor(name, info->corder_valid ? (int64_t)info->corder : -1, visit->context);
}

static inline herr_t hdf5_visit_attribute(hid_t object, const char *name, const H5A_info_t *info,
                                          void *data) {
  const struct hdf5_visit *visit = (const struct hdf5_visit *)data;
  (void)object;
  return visit->visitor(name, info->corder_valid ? (int64_t)info->corder : -1, visit->context);
}

// Links and attributes are visited as they lie in the file. For any other order, and for every one where
// they lie in the object's header, libhdf5 first makes a table of them. Its size is what the file says; when
// an entry turns out to be damaged, libhdf5 releases those that it never wrote as well, and crashes. In
// the header that is found out before: looking for a name that is not there (`absent`) reads every entry,
// without a table.
static inline herr_t hdf5_visit_links(hid_t group, const char *absent, hdf5_name_visitor visitor,
                                      void *context) {
  struct hdf5_visit visit = {visitor, context};
  if (H5Lexists(group, absent, H5P_DEFAULT) < 0) return -1;
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, hdf5_visit_link, &visit);
}

static inline herr_t hdf5_visit_attributes(hid_t object, const char *absent,
                                           hdf5_name_visitor visitor, void *context) {
  struct hdf5_visit visit = {visitor, context};
  if (H5Aexists(object, absent) < 0) return -1;
  return H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, hdf5_visit_attribute, &visit);
}

static inline herr_t hdf5_link_info(hid_t group, const char *name, H5L_type_t *type,
                                    size_t *value_size) {
  H5L_info_t info;
  herr_t status = H5Lget_info(group, name, &info, H5P_DEFAULT);
  if (status < 0) return status;
  *type = info.type;
  *value_size = info.type == H5L_TYPE_HARD ? 0 : info.u.val_size;
  return status;
}

static inline herr_t hdf5_object_type(hid_t group, const char *name, hid_t access,
                                      H5O_type_t *type) {
  H5O_info_t info;
#if H5_VERSION_GE(1, 12, 0)
  herr_t status = H5Oget_info_by_name(group, name, &info, H5O_INFO_BASIC, access);
#elif H5_VERSION_GE(1, 10, 3)
  herr_t status = H5Oget_info_by_name2(group, name, &info, H5O_INFO_BASIC, access);
#else
  herr_t status = H5Oget_info_by_name(group, name, &info, access);
#endif
  if (status >= 0) *type = info.type;
  return status;
}

// The number of chunks that a dataset has in the file; -1 where the release cannot tell.
static inline herr_t hdf5_chunk_count(hid_t dataset, int64_t *number) {
#if H5_VERSION_GE(1, 10, 5)
  hsize_t count = 0;
  hid_t space = H5Dget_space(dataset);
  herr_t status = space < 0 ? -1 : H5Dget_num_chunks(dataset, space, &count);
  if (space >= 0) H5Sclose(space);
  *number = (int64_t)count;
  return status;
#else
  (void)dataset;
  *number = -1;
  return 0;
#endif
}

// Where a chunk starts that was written, of as many as hdf5_chunk_count says.
static inline herr_t hdf5_chunk_offset(hid_t dataset, uint64_t index, hsize_t *offset) {
#if H5_VERSION_GE(1, 10, 5)
  hid_t space = H5Dget_space(dataset);
  herr_t status =
      space < 0 ? -1 : H5Dget_chunk_info(dataset, space, index, offset, NULL, NULL, NULL);
  if (space >= 0) H5Sclose(space);
  return status;
#else
  (void)dataset, (void)index, (void)offset;
  return -1;
#endif
}

// What tells an object from all others of its file, however many links lead to it.
static inline herr_t hdf5_identity(hid_t object, uint64_t identity[2]) {
  H5O_info_t info;
  identity[0] = identity[1] = 0;
#if H5_VERSION_GE(1, 12, 0)
  herr_t status = H5Oget_info(object, &info, H5O_INFO_BASIC);
  if (status >= 0) memcpy(identity, &info.token, sizeof(uint64_t[2]));
#else
#if H5_VERSION_GE(1, 10, 3)
  herr_t status = H5Oget_info2(object, &info, H5O_INFO_BASIC);
#else
  herr_t status = H5Oget_info(object, &info);
#endif
  if (status >= 0) identity[0] = info.addr;
#endif
  return status;
}

#endif
