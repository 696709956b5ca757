// The one place where the core includes Lua: the C++ build of the library, so that its errors unwind C++ objects.
#pragma once

#include <lua.hpp>
