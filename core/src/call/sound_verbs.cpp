#include "call/sound_verbs.h"

#include "tandem/recordings.h"

namespace tandem {

SoundOperation::SoundOperation(CallImpl& call, VerbDone done) : call_(call), timer_(call.services().loop), done_(std::move(done)) {
  call_.attend(this);
}

SoundOperation::~SoundOperation() {
  call_.attend(nullptr);
  hush();
}

void SoundOperation::sound(std::vector<std::string> names, bool repeat) {
  sounding_ = true;
  call_.services().media.sounds().load(std::move(names), [weak = std::weak_ptr(here_), this, repeat](Result<Playlist> list) {
    if (weak.lock() && sounding_) loaded(std::move(list), repeat);
  });
}

void SoundOperation::loaded(Result<Playlist> list, bool repeat) {
  MediaPort* const port = call_.caller_leg().media();
  if (list && port != nullptr) {
    list->repeat = repeat;
    playing_ = port->play(std::move(*list));
    return begun();
  }
  sounding_ = false;
  missing(list ? Error{ErrorCode::unavailable, "the caller has hung up"} : list.error());
}

void SoundOperation::hush() {
  MediaPort* const port = call_.caller_leg().media();
  if (playing_ != 0 && port != nullptr) port->stop_playing(false);
  playing_ = 0;
  sounding_ = false;
}

void SoundOperation::played(uint32_t id) {
  if (id != playing_ || playing_ == 0) return;
  playing_ = 0;
  sounding_ = false;
  ended();
}

void SoundOperation::finish(Result<Value> result) {
  VerbDone done = std::move(done_);
  done(std::move(result));
}

namespace {

/// Parses, and sees to it that the caller can hear us. Null when either fails, after `done` has been told.
template <class Verb, class Request>
std::unique_ptr<Verb> prepare(CallImpl& call, Result<Request> request, VerbDone done) {
  if (request) {
    if (auto ready = call.ready_for_sound(); !ready) {
      done(ready.error());
    } else {
      return std::make_unique<Verb>(call, std::move(*request), std::move(done));
    }
  } else {
    done(request.error());
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Operation> PlayVerb::start(CallImpl& call, const Value& args, VerbDone done) {
  return prepare<PlayVerb>(call, parse_play(args), std::move(done));
}

PlayVerb::PlayVerb(CallImpl& call, const PlayRequest& request, VerbDone done)
    : SoundOperation(call, std::move(done)), limit_(request.limit) {
  sound(request.sounds, request.repeat || limit_.count() > 0);
}

void PlayVerb::begun() {
  if (limit_.count() == 0) return;
  timer_.start(limit_, [this] { ended(); });
}

void PlayVerb::ended() { finish(Value()); }

std::unique_ptr<Operation> ReadDigitsVerb::start(CallImpl& call, const Value& args, VerbDone done) {
  auto verb = prepare<ReadDigitsVerb>(call, parse_digits(args), std::move(done));
  if (!verb) return nullptr;
  if (verb->take_typed()) {
    verb->finish(Value(verb->digits()));
    return nullptr;
  }
  verb->ask();
  return verb;
}

ReadDigitsVerb::ReadDigitsVerb(CallImpl& call, DigitsRequest request, VerbDone done)
    : SoundOperation(call, std::move(done)), request_(std::move(request)) {}

bool ReadDigitsVerb::take_typed() {
  std::string& typed = call_.typed();
  while (!typed.empty()) {
    const char digit = typed.front();
    typed.erase(0, 1);
    if (add(digit)) return true;
  }
  return false;
}

void ReadDigitsVerb::ask() {
  const bool skip = request_.prompt.empty() || (request_.barge_in && !digits_.empty());
  skip ? wait() : sound(request_.prompt, false);
}

bool ReadDigitsVerb::add(char digit) {
  if (request_.terminators.find(digit) != std::string::npos) return true;
  digits_ += digit;
  return digits_.size() == request_.most;
}

void ReadDigitsVerb::hear_digit(char digit) {
  if (request_.barge_in) hush();
  if (add(digit)) return finish(Value(digits_));
  if (!sounding()) wait();
}

void ReadDigitsVerb::wait() {
  timer_.start(request_.timeout, [this] { finish(Value(digits_)); });
}

std::unique_ptr<Operation> RecordVerb::start(CallImpl& call, const Value& args, VerbDone done) {
  return prepare<RecordVerb>(call, parse_record(args), std::move(done));
}

RecordVerb::RecordVerb(CallImpl& call, RecordArguments request, VerbDone done)
    : SoundOperation(call, std::move(done)), request_(std::move(request)) {
  // Also without a beep by way of the library: a verb reports nothing before it has been returned.
  sound({request_.beep ? "tone:beep" : "silence:20"}, false);
}

RecordVerb::~RecordVerb() {
  if (!recording_) return;
  if (MediaPort* const port = call_.caller_leg().media()) port->record(nullptr);
  call_.services().media.stop_recording(sink_);
}

void RecordVerb::missing(const Error& why) {
  call_.explain("no beep: " + why.message);
  record();
}

void RecordVerb::record() {
  MediaPort* const port = call_.caller_leg().media();
  if (port == nullptr) return finish(Error{ErrorCode::unavailable, "the caller has hung up"});
  // Told also when the caller has hung up meanwhile, and this verb with it.
  auto ended = [weak = std::weak_ptr(listening_), this, &events = call_.services().events, call = call_.id(),
                name = request_.name](const Result<RecordingEnd>& end) {
    events.publish(RecordingEnded{call, name, end});
    if (weak.lock()) recorded(end);
  };
  auto sink = call_.services().media.start_recording({request_.name, request_.longest, request_.silence}, std::move(ended));
  if (!sink) return finish(sink.error());
  call_.services().events.publish(RecordingBegan{call_.id(), request_.name});
  sink_ = std::move(*sink);
  recording_ = true;
  port->record(sink_);
}

void RecordVerb::hear_digit(char digit) {
  if (!recording_ || request_.terminators.find(digit) == std::string::npos) return;
  by_key_ = true;
  call_.services().media.stop_recording(sink_);
}

void RecordVerb::recorded(const Result<RecordingEnd>& end) {
  recording_ = false;
  if (MediaPort* const port = call_.caller_leg().media()) port->record(nullptr);
  if (!end) return finish(end.error());
  constexpr std::string_view kReasons[] = {"stopped", "max", "silence"};
  finish(Value{{"file", end->path},
               {"seconds", static_cast<double>(end->length.count()) / 1000},
               {"ended", by_key_ ? "key" : kReasons[static_cast<size_t>(end->reason)]}});
}

}  // namespace tandem
