#include "call/media_verbs.h"

#include <fmt/format.h>

#include "call/sound_verbs.h"

namespace tandem {
namespace {

CallImpl& impl(Call& call) { return static_cast<CallImpl&>(call); }

std::unique_ptr<Operation> report(const Result<void>& result, VerbDone done) {
  if (result) {
    done(Value());
  } else {
    done(result.error());
  }
  return nullptr;
}

Result<std::string> only_text(std::string_view verb, const Value& args) {
  if (args.size() == 1 && args[0].is_string()) return args[0].get<std::string>();
  return Error{ErrorCode::invalid, fmt::format("{}: takes one text", verb)};
}

std::unique_ptr<Operation> record_call(Call& call, const Value& args, VerbDone done) {
  const auto name = only_text("record_call", args);
  return report(name ? impl(call).record(*name) : Result<void>(name.error()), std::move(done));
}

std::unique_ptr<Operation> send_digits(Call& call, const Value& args, VerbDone done) {
  const auto digits = only_text("send_digits", args);
  if (digits && digits->find_first_not_of("0123456789*#ABCD") != std::string::npos) {
    return report(Error{ErrorCode::invalid, "send_digits: only 0 to 9, *, # and A to D are keys"}, std::move(done));
  }
  return report(digits ? impl(call).send_digits(*digits) : Result<void>(digits.error()), std::move(done));
}

}  // namespace

std::vector<Registration> register_media_verbs(VerbTable& verbs) {
  std::vector<Registration> made;
  const auto add = [&](Verb verb) {
    if (auto added = verbs.add(std::move(verb))) made.push_back(std::move(*added));
  };
  add({"ringing", "ringing()",
       "Tells the caller that it rings; a caller who is up already hears the ringback tone until something else is heard.",
       [](Call& call, const Value&, VerbDone done) {
         impl(call).show_ringing();
         return report({}, std::move(done));
       },
       nullptr, "call:ringing()\ncall:wait(2)\ncall:answer()"});
  add({"progress", "progress()",
       "Opens the way for sound before the answer (early media): what play then plays is heard, and the call is not answered yet.",
       [](Call& call, const Value&, VerbDone done) { return report(impl(call).progress(), std::move(done)); }, nullptr,
       "call:progress()\ncall:play(\"prompts/one-moment\")\ncall:dial(\"user/jane.white\")"});
  add({"play", "play(sound) or play{sound, ..., repeat = false, seconds = none}",
       "Plays sounds to the caller, one after the other, and returns when they are over. A sound is the name of a WAV file below the sound "
       "folders without its ending (\"prompts/goodbye\"), \"tone:busy\" or another tone of tones.ini (\"tone:busy/de\": of another "
       "country), "
       "\"music:default\", \"silence:500\" (milliseconds) or \"recording:NAME\", what record has made. With seconds it is repeated and "
       "stopped after so long. Answers the call "
       "first, "
       "unless progress() has opened early media.",
       [](Call& call, const Value& args, VerbDone done) { return PlayVerb::start(impl(call), args, std::move(done)); }, nullptr,
       "call:play { \"prompts/not-in-service\", \"silence:500\" }\ncall:play { \"tone:busy\", seconds = 10 }"});
  add({"read_digits", "read_digits{prompt = sound, max = 32, timeout = 5, terminator = \"#\", barge_in = true} -> digits",
       "Collects keys that the caller presses, by telephone-event or INFO. Returns them as text, without the terminator: when max of them "
       "have come, at the terminator, or when none came for timeout seconds after the prompt or the last key. With barge_in a key stops "
       "the "
       "prompt. Keys pressed before count too.",
       [](Call& call, const Value& args, VerbDone done) { return ReadDigitsVerb::start(impl(call), args, std::move(done)); },
       [](Call&, const Value&) { return std::pair<std::string, Value>("read_digits: no key is pressed", ""); },
       "local digits = call:read_digits { prompt = \"prompts/enter-extension\", max = 5 }\n"
       "local found = directory.number(digits)\n"
       "if found and found.kind == \"user\" then call:dial(\"user/\" .. found.owner) end"});
  add({"record", "record{name, max = 120, silence = none, terminator = \"#\", beep = true} -> {file, seconds, ended}",
       "Records the caller into NAME.wav in the folder for recordings, until a terminator is pressed, max seconds are full or so many "
       "seconds "
       "are silent; ended says which: \"key\", \"max\" or \"silence\".",
       [](Call& call, const Value& args, VerbDone done) { return RecordVerb::start(impl(call), args, std::move(done)); },
       [](Call&, const Value&) {
         return std::pair<std::string, Value>("record: the caller says nothing",
                                              {{"file", "recordings/message.wav"}, {"seconds", 0.0}, {"ended", "silence"}});
       },
       "call:play(\"prompts/leave-message\")\nlocal message = call:record { \"messages/\" .. call.id, max = 120, silence = 3 }\n"
       "log(message.file .. \": \" .. message.seconds .. \" s, ended by \" .. message.ended)"});
  add({"record_call", "record_call(name)",
       "Records from now on what the caller says and hears, both in one, into NAME.wav in the folder for recordings, until the call ends.",
       record_call, nullptr, "call:record_call(\"calls/\" .. call.id)\ncall:dial(\"user/jane.white\")"});
  add({"send_digits", "send_digits(digits)",
       "Sends keys to the caller's leg as telephone-events, one after the other, and goes on at once.", send_digits, nullptr,
       "call:answer()\ncall:send_digits(\"123#\")"});
  return made;
}

}  // namespace tandem
