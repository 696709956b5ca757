// FakeHttp: an HttpClient that keeps what it is asked, for the test to answer.
#pragma once

#include <map>
#include <string>

#include "tandem/http_client.h"

namespace tandem::test {

class FakeHttp final : public HttpClient {
 public:
  Result<uint64_t> start(HttpRequest request, Done done) override {
    if (refuse_) return Error{ErrorCode::exhausted, "too many"};
    last_ = std::move(request);
    waiting_.emplace(++next_, std::move(done));
    return next_;
  }
  void cancel(uint64_t id) override { waiting_.erase(id); }
  /// Answers the oldest request.
  void answer(Result<HttpResponse> result) {
    auto first = waiting_.extract(waiting_.begin());
    first.mapped()(std::move(result));
  }

  HttpRequest last_;
  std::map<uint64_t, Done> waiting_;
  bool refuse_ = false;

 private:
  uint64_t next_ = 0;
};

}  // namespace tandem::test
