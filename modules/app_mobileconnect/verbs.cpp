#include "verbs.h"

namespace tandem {
namespace {

/// A change that has been asked for: it comes to pass whoever waits for it.
class Switching final : public Operation {
 public:
  explicit Switching(VerbDone done) : done_(std::make_shared<VerbDone>(std::move(done))) {}
  std::weak_ptr<VerbDone> done() const { return done_; }

 private:
  std::shared_ptr<VerbDone> done_;
};

std::unique_ptr<Operation> mobile_ringing(MobileService& service, const Value& args, VerbDone done) {
  const Value request = args.size() == 1 && args[0].is_object() ? args[0] : Value::object();
  const auto user = request.value("user", Value());
  const auto on = request.value("on", Value());
  if (!user.is_string() || !(on.is_null() || on.is_boolean())) {
    done(Error{ErrorCode::invalid, "mobile_ringing: takes {user = id} and, to switch, on = true or false"});
    return nullptr;
  }
  const auto id = user.get<std::string>();
  if (on.is_null()) {
    done(Value(service.mobility(id)));
    return nullptr;
  }
  auto under_way = std::make_unique<Switching>(std::move(done));
  auto asked = service.set_mobility(id, on.get<bool>(), [to = under_way->done(), on = on.get<bool>()](const Result<void>& written) {
    const auto waiting = to.lock();
    if (!waiting) return;
    VerbDone report = std::move(*waiting);  // the script destroys the operation
    if (written) {
      report(Value(on));
    } else {
      report(written.error());
    }
  });
  (void)asked;
  return under_way;
}

}  // namespace

Result<Registration> add_mobile_verbs(Host& host, MobileService& service) {
  return host.add_verb(
      {.name = "mobile_ringing",
       .signature = "mobile_ringing{user = id, on?: boolean} -> boolean",
       .help = "Whether a person's remote destinations ring with the line, and other things of Mobile Connect work for that person. With "
               "`on` it "
               "is switched first, and is on disk when this returns.",
       .start = [&service](Call& /*call*/, const Value& args, VerbDone done) { return mobile_ringing(service, args, std::move(done)); },
       .dry_run = nullptr,
       .example = "if not call:mobile_ringing { user = \"john.doe\" } then call:mobile_ringing { user = \"john.doe\", on = true } end"});
}

}  // namespace tandem
