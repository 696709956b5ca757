#include "wave_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tandem {
namespace {

Error failed(const std::string& path) { return {ErrorCode::io, fmt::format("{}: {}", path, std::strerror(errno))}; }

Result<void> sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(path);
  const bool done = ::fsync(fd) == 0;
  const Result<void> result = done ? Result<void>() : failed(path);
  ::close(fd);
  return result;
}

}  // namespace

Result<std::chrono::milliseconds> wave_length(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return Error{ErrorCode::not_found, fmt::format("{} is not there", path)};
  SF_INFO info{};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) return Error{ErrorCode::io, fmt::format("{} is no sound: {}", path, sf_strerror(nullptr))};
  sf_close(file);
  if (info.samplerate <= 0) return Error{ErrorCode::io, fmt::format("{} is no sound", path)};
  return std::chrono::milliseconds(static_cast<int64_t>(info.frames) * 1000 / info.samplerate);
}

Result<void> make_durable(const std::string& path) {
  if (auto synced = sync(path); !synced) return synced;
  const auto folder = std::filesystem::path(path).parent_path();
  if (auto synced = sync(folder.string()); !synced) return synced;
  return sync(folder.parent_path().string());  // the folder may be new itself
}

Result<void> copy_file(const std::string& from, const std::string& to) {
  std::error_code failure;
  std::filesystem::create_directories(std::filesystem::path(to).parent_path(), failure);
  if (!failure) std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, failure);
  Result<void> done = failure ? Result<void>(Error{ErrorCode::io, fmt::format("{}: {}", to, failure.message())}) : make_durable(to);
  if (!done) ::unlink(to.c_str());
  return done;
}

Result<int64_t> free_octets(const std::string& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return Error{ErrorCode::io, fmt::format("{}: {}", folder, failure.message())};
  return static_cast<int64_t>(space.available);
}

}  // namespace tandem
