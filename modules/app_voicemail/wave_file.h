// WAV files of messages: how long they are, and safe on the disk. Blocks: on the database's writer, on workers, and at load only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tandem/result.h"

namespace tandem {

/// not_found, or io: it is no sound.
Result<std::chrono::milliseconds> wave_length(const std::string& path);
/// Whatever a power cut takes, the file and its name in the folder stay.
Result<void> make_durable(const std::string& path);
/// A copy that is durable; nothing is left of it when that fails.
Result<void> copy_file(const std::string& from, const std::string& to);
/// Octets that are free where `folder` is.
Result<int64_t> free_octets(const std::string& folder);

}  // namespace tandem
