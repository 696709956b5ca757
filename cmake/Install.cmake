# cmake --install BUILD --prefix PREFIX: the binary, libtandem.so, the modules, and what a module outside this tree is built with:
# the public headers and the CMake package Tandem (find_package(Tandem), tandem_add_module()).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Tandem)
# NDEBUG and the like are part of the build id: a module must be compiled as the core was.
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
if("${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}" MATCHES "-DNDEBUG")
  set(TANDEM_ASSERTS_OFF ON)
else()
  set(TANDEM_ASSERTS_OFF OFF)
endif()

install(TARGETS tandem RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS tandem_core LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS tandem_core tandem_api EXPORT TandemTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${TANDEM_PUBLIC_HEADERS} ${CMAKE_BINARY_DIR}/include/tandem/build_id.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tandem)
install(EXPORT TandemTargets NAMESPACE Tandem:: DESTINATION ${package})

configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/TandemConfig.cmake.in ${CMAKE_BINARY_DIR}/TandemConfig.cmake
                              INSTALL_DESTINATION ${package})
# A module fits one build of the core (the loader looks at the headers' hash), so no other version will do.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/TandemConfigVersion.cmake COMPATIBILITY ExactVersion)
install(FILES ${CMAKE_BINARY_DIR}/TandemConfig.cmake ${CMAKE_BINARY_DIR}/TandemConfigVersion.cmake DESTINATION ${package})
