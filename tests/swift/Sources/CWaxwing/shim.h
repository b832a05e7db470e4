/* The header of this repository; a package that is shipped has it beside this file. */
#include "../../../../include/waxwing.h"
