#include "office_of_many.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tandem::soak {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtensions = R"lua(
context "soak" {
  ["790"] = function(call)
    call:progress()
    call:play { "tone:dial", seconds = 0.3 }
    call:answer()
    call:read_digits { prompt = "prompts/enter-pin", max = 2, timeout = 2 }
    call:play { "tone:beep", "prompts/goodbye", seconds = 0.8 }
    call:hangup("normal")
  end,

  ["791"] = function(call)
    call:answer()
    call:record_call("soak/call-" .. call.caller.number)
    call:record { "soak/message-" .. call.caller.number, max = 1, beep = true }
    call:hangup("normal")
  end,
}
)lua";

// The shipped dialplan, whose phones find the soak's extensions too.
void add_extensions(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::string lua = text.str();
  const std::string first = "  include \"emergency\",";
  const size_t at = lua.find(first);
  if (at == std::string::npos) throw std::runtime_error(file.string() + " does not begin with the emergency numbers any more");
  lua.insert(at + first.size(), "\n  include \"soak\",");
  std::ofstream(file) << lua << kExtensions;
}

}  // namespace

std::string device_name(unsigned n) { return fmt::format("soak-{}", n); }
std::string extension_of(unsigned n) { return fmt::format("{}", 18000 + n); }

OfficeOfMany::OfficeOfMany(unsigned phones) {
  write_office(phones);
  // A leg that says nothing is ended soon: some of ours fall silent on purpose. Ports of its own, more than a test has.
  tandem_ = std::make_unique<TandemProcess>(
      std::vector<std::string>{"sip/pstn/address=" + gateway_.local().to_string(), "rtp/rtp/timeout=10s", "rtp/rtp/port_start=14000",
                               "rtp/rtp/port_end=17999", "tandem/log/form=json"},
      folder_.path() + "/configs");
  gateway_.aim(tandem_->sip());
}

void OfficeOfMany::write_office(unsigned phones) const {
  const fs::path office = folder_.path();
  fs::copy(TANDEM_SOURCE_DIR "/configs", office / "configs");
  fs::copy(TANDEM_SOURCE_DIR "/dialplan", office / "dialplan", fs::copy_options::recursive);
  add_extensions(office / "dialplan/main.lua");
  fs::create_directories(office / "build");
  fs::create_directory_symlink(TANDEM_BINARY_DIR "/sounds", office / "build/sounds");
  std::ofstream directory(office / "configs/directory.ini", std::ios::app);
  for (unsigned n = 0; n < phones; ++n) {
    directory << fmt::format("\n[device {}]\nmodel = generic\nvendor = generic\nsite = hq\nextension = {}\nlabel = Soak {}\n",
                             device_name(n), extension_of(n), n);
  }
}

}  // namespace tandem::soak
