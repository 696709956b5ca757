// SrtpCrypto: the ciphers and the hash that libsrtp2 works with here, on OpenSSL. Debian's build of it takes NSS, whose cost per packet
// grows with the number of live streams; contexts of OpenSSL are the stream's own. Any thread.
#pragma once

#include "tandem/result.h"

namespace tandem {

/// Starts libsrtp2 and gives it our types, once in the life of the process. internal: a type fails its known answers.
Result<void> start_srtp();

}  // namespace tandem
