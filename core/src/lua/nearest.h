// The word that somebody probably meant. Any thread.
#pragma once

#include <string_view>
#include <vector>

namespace tandem {

/// The one of `known` that takes the fewest changes of a letter to become `word`, at most a third of its length; empty when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace tandem
