// Sound files: WAV of 16-bit PCM, A-law or mu-law into a Sound. Reads the disk: never on the switch thread or a media thread.
#pragma once

#include <string>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// One channel of what the file holds (several are averaged), at both rates that legs use. not_found, invalid (no such sound, longer than
/// ten minutes) or io, each with a sentence that names the file.
Result<Sound> read_sound_file(const std::string& path);

}  // namespace tandem
