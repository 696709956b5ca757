# What every target of ours is compiled with: an interface library, so that nothing leaks into the CMake package that we install.
add_library(tandem_options INTERFACE)
target_compile_features(tandem_options INTERFACE cxx_std_20)
target_compile_options(tandem_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wno-missing-field-initializers -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Without it dlclose of a module with inline statics does nothing and a reload would run the old code.
  target_compile_options(tandem_options INTERFACE -fno-gnu-unique)
  # GCC 12 sees uninitialised values where sanitizers add branches.
  if(TANDEM_SANITIZE)
    target_compile_options(tandem_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(TANDEM_SANITIZE)
  add_compile_options(-fsanitize=${TANDEM_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TANDEM_SANITIZE})
endif()
# Nobody replaces our functions, so calls inside a library need no detour by its table: a call through the switch misses the cache less.
add_link_options(LINKER:-Bsymbolic-functions)
if(TANDEM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
target_compile_definitions(tandem_options INTERFACE TANDEM_VERSION="${PROJECT_VERSION}")

find_program(TANDEM_CCACHE ccache)
if(TANDEM_CCACHE)
  # Precompiled headers hold time stamps and defines; ccache needs to be told that we do not depend on them.
  set(ENV{CCACHE_SLOPPINESS} "pch_defines,time_macros,include_file_mtime,include_file_ctime")
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TANDEM_CCACHE})
endif()
find_program(TANDEM_LLD ld.lld)
if(TANDEM_LLD)
  add_link_options(-fuse-ld=lld)
endif()
