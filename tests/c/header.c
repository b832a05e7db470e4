#include "waxwing.h"
#include "waxwing.h" /* A second time adds nothing. */

uint32_t (*abi_version)(void) = waxwing_abi_version;
