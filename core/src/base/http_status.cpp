#include "tandem/http_server.h"

namespace tandem::http {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::exists:
    case ErrorCode::busy:
      return 409;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::unavailable:
    case ErrorCode::exhausted:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::io:
    case ErrorCode::internal:
      break;
  }
  return 500;
}

void Reply::json(const Error& error) { json(Json{{"error", error.message}}, status_of(error.code)); }

}  // namespace tandem::http
