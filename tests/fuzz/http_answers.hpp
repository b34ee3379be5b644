#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

/// One answer of a connection, read by RFC 9112 without any help of the server's own code.
struct ReadAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> fields; ///< names in lower case
    std::string body;

    /// The value of the only field of this name; nothing when there is none. Two of them are a broken promise.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
    [[nodiscard]] bool closes() const { return field("connection") == "close"; }
};

/// The next answer from the front of `bytes`, which is taken away. Nothing when the bytes end within it; a malformed one ends the run.
/// `to_head`: the answer to HEAD has no body whatever it announces.
[[nodiscard]] std::optional<ReadAnswer> read_answer(std::string_view &bytes, bool to_head);

} // namespace keyaki::test
