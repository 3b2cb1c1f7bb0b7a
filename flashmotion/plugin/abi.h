#pragma once

/* The stamp that every plugin carries in an ELF section of its own. It is read from the bytes of the file, before
   anything of the file is loaded. C, fixed width; fields are never reordered, new ones come at the end. */

#include <stdint.h>

/* Raised with every change of what plugins and program exchange. */
#define FLASHMOTION_ABI_NUMBER 5u

#define FLASHMOTION_ABI_SECTION ".flashmotion_abi"
#define FLASHMOTION_ABI_MAGIC "FMPLUGIN" /* eight characters, without the closing zero */

#define FLASHMOTION_ABI_NAME_SIZE 64
#define FLASHMOTION_ABI_VERSION_SIZE 32
#define FLASHMOTION_ABI_PROVIDES_SIZE 1024

struct flashmotion_abi_stamp {
  char magic[8];
  uint32_t struct_size;                       /* bytes of this struct */
  uint32_t abi_number;                        /* FLASHMOTION_ABI_NUMBER; when it differs, nothing below is looked at */
  uint32_t torch_version;                     /* major * 10000 + minor * 100 + patch */
  uint32_t cxx_standard;                      /* __cplusplus */
  uint32_t cxx11_abi;                         /* _GLIBCXX_USE_CXX11_ABI */
  uint32_t gxx_abi_version;                   /* __GXX_ABI_VERSION: 1002 for Clang, rising with GCC */
  uint32_t glibcxx_release;                   /* _GLIBCXX_RELEASE; 0 for another standard library */
  uint32_t debug_mode;                        /* 1 with _GLIBCXX_DEBUG */
  uint64_t layout_hash;                       /* sizes and alignments of all that crosses */
  uint64_t reserved[4];                       /* zero */
  char name[FLASHMOTION_ABI_NAME_SIZE];       /* of the plugin, zero-terminated */
  char version[FLASHMOTION_ABI_VERSION_SIZE]; /* of the plugin, zero-terminated */
  char provides[FLASHMOTION_ABI_PROVIDES_SIZE]; /* a line for each component: "KIND NAME\n" */
};

/* Keeps the stamp through --gc-sections and strip: `used` for the compiler, `retain` for the linker. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define FLASHMOTION_ABI_PLACED __attribute__((section(FLASHMOTION_ABI_SECTION), used, retain, aligned(8)))
#endif
#endif
#ifndef FLASHMOTION_ABI_PLACED
#define FLASHMOTION_ABI_PLACED __attribute__((section(FLASHMOTION_ABI_SECTION), used, aligned(8)))
#endif
