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
find_package(OpenSSL REQUIRED)  # the edge: TLS
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(SOFIA REQUIRED IMPORTED_TARGET sofia-sip-ua)
# The C++ build of Lua: its errors unwind C++ objects.
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
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
