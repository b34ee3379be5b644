#pragma once

#include <stdexcept>
#include <string>

namespace keyaki::geo {

/// What went wrong, as far as a caller has to know to answer: the command line turns a kind into an exit status, HTTP into a status code.
enum class ErrorKind {
    invalid_input, ///< the file, argument or body is wrong in itself
    not_found,     ///< the thing that was named does not exist
    conflict,      ///< right in itself, but not in the present state
    too_large,     ///< past a limit of limits.hpp
    unavailable,   ///< cannot be done now and may be asked again: a full queue, a full disk, a busy database
    corrupt,       ///< a file of ours is not as we left it
    internal,      ///< our own mistake; the text is for the log, never for a client
};

/// The one exception family of keyaki: a broken world or a refused input, thrown anywhere, turned into an answer in two places only
/// (the command line and the HTTP reply). The text is one sentence with both facts: what was expected, what was found, and where.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string &sentence) : std::runtime_error(sentence), m_kind(kind) {}
    [[nodiscard]] ErrorKind kind() const noexcept { return m_kind; }

  private:
    ErrorKind m_kind;
};

} // namespace keyaki::geo
