# Third-party libraries, all from Debian 12.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)  # time zones, which <chrono> has from GCC 13 on
find_package(CURL REQUIRED)
find_package(pugixml REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(SOFIA REQUIRED IMPORTED_TARGET sofia-sip-ua)
# chan_sip holds Sofia-SIP as an archive: its functions then call one another without a detour by the library's table, which a third of a call's
# instructions pass. Debian compiles the archive for shared objects, too; where it is not, or not there, the shared library will do.
option(TANDEM_STATIC_SOFIA "Link Sofia-SIP's archive into chan_sip" ON)
add_library(tandem_sofia INTERFACE)
find_library(TANDEM_SOFIA_ARCHIVE libsofia-sip-ua.a HINTS ${SOFIA_LIBDIR})
if(TANDEM_STATIC_SOFIA AND TANDEM_SOFIA_ARCHIVE)
  target_include_directories(tandem_sofia SYSTEM INTERFACE ${SOFIA_INCLUDE_DIRS})
  target_link_libraries(tandem_sofia INTERFACE ${TANDEM_SOFIA_ARCHIVE} ${SOFIA_STATIC_LIBRARIES})
  # Its functions are nobody else's, and what it asks of the C library most comes from us (modules/chan_sip/sofia_wraps.cpp).
  target_link_options(tandem_sofia INTERFACE LINKER:--exclude-libs,libsofia-sip-ua.a LINKER:--undefined=__wrap_getaddrinfo)
  foreach(function __snprintf_chk __vsnprintf_chk __sprintf_chk inet_ntop getaddrinfo freeaddrinfo)
    target_link_options(tandem_sofia INTERFACE LINKER:--wrap=${function})
  endforeach()
else()
  target_link_libraries(tandem_sofia INTERFACE PkgConfig::SOFIA)
endif()
# The C++ build of Lua: its errors unwind C++ objects.
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
# Its allocator serves the whole program: cheaper than the C library's where very many small things live for half a minute (transactions), and
# its books tell what all threads use. Sanitizers bring their own.
find_library(TANDEM_JEMALLOC_LIBRARY jemalloc)
option(TANDEM_JEMALLOC "Link the program with jemalloc" ON)
if(TANDEM_SANITIZE OR NOT TANDEM_JEMALLOC_LIBRARY)
  set(TANDEM_JEMALLOC OFF)
endif()
# SRTP, with its ciphers from OpenSSL; DTLS and the hashes of STUN too.
find_package(OpenSSL REQUIRED)
pkg_check_modules(SRTP REQUIRED IMPORTED_TARGET libsrtp2)
# Sound: G.711 and G.722, digits in sound, Opus, resampling, WAV files.
pkg_check_modules(SPANDSP REQUIRED IMPORTED_TARGET spandsp)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
pkg_check_modules(SPEEXDSP REQUIRED IMPORTED_TARGET speexdsp)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
# The web server, without TLS: that ends in the edge.
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
