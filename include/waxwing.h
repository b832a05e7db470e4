/*
 * waxwing.h: the C ABI of the Waxwing mail core. Made by cbindgen from ffi/; edits here are lost.
 */

#ifndef WAXWING_H
#define WAXWING_H

#include <stdint.h>

// Versions of the ABI: a major one breaks, a minor one adds.
#define WAXWING_ABI_MAJOR 1

// See `WAXWING_ABI_MAJOR`.
#define WAXWING_ABI_MINOR 0

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The ABI version of this library: `WAXWING_ABI_MAJOR << 16 | WAXWING_ABI_MINOR`. Compare it with the header's.
//
// May be called at any time, from any thread.
uint32_t waxwing_abi_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WAXWING_H */
