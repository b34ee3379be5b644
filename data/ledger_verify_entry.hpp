#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// What the parts of verify share. Nothing here is shared with the code that writes the ledger.
namespace keyaki::data::verify {

struct Entry {
    std::int64_t sequence, amount, timeout_s, time_us;
    std::string id, debit, credit, unit, code, reference, state, hash;
    std::optional<std::int64_t> expires_at_us, resolves;
};

using ProblemAt = std::function<void(const Entry &, const std::string &)>; ///< the sentence goes on after "entry 7 "
using Problem = std::function<void(const std::string &)>;

inline std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

/// 17 of "reverse/17" or "expire/17/40"; nothing where the id does not begin with `word` and a number.
inline std::optional<std::int64_t> number_after(std::string_view id, std::string_view word) {
    std::int64_t number = 0;
    if (!id.starts_with(word)) {
        return std::nullopt;
    }
    const char *const end = id.data() + id.size();
    const auto [stop, failure] = std::from_chars(id.data() + word.size(), end, number);
    return failure == std::errc() && (stop == end || *stop == '/') ? std::optional(number) : std::nullopt;
}

} // namespace keyaki::data::verify
