#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::imports {

/// What the head of one part of a form says (RFC 7578, 4.2 and 4.4).
struct FormPart {
    std::string name;
    std::optional<std::string> file_name; ///< as the client wrote it: not to be used as a path
    std::string content_type;
};

/// Cuts multipart/form-data (RFC 7578, RFC 2046, 5.1) into its parts, piece by piece as the bytes come; memory is bounded by limits.hpp whatever they
/// say. Strict where leniency would let two readers see two different forms: a delimiter's line holds nothing else, every part has a
/// form-data disposition with a name, heads are not folded.
class MultipartReader {
  public:
    struct Handlers {
        std::function<void(FormPart &&)> begin;
        std::function<void(std::string_view)> data; ///< of the part begun last, in pieces of any size
        std::function<void()> end;
    };
    /// \throws geo::Error invalid_input for a boundary that is none
    MultipartReader(std::string_view boundary, Handlers handlers);

    /// \throws geo::Error invalid_input or too_large with one sentence; nothing may be fed after that
    void feed(std::string_view bytes);
    /// \throws geo::Error invalid_input where the closing delimiter has not come
    void finish();

  private:
    enum class State { preamble, delimiter, head, body, epilogue };

    [[nodiscard]] bool step();
    [[nodiscard]] bool find_first_delimiter();
    [[nodiscard]] bool take_delimiter_line();
    [[nodiscard]] bool take_head();
    [[nodiscard]] bool take_body();
    [[nodiscard]] std::string_view rest() const { return std::string_view(m_bytes).substr(m_place); }

    Handlers m_handlers;
    std::string m_delimiter; ///< CR LF "--" boundary
    std::string m_bytes;     ///< what has not been understood begins at m_place
    std::size_t m_place = 0;
    std::size_t m_parts = 0;
    State m_state = State::preamble;
};

/// The boundary of a Content-Type that is multipart/form-data; nothing for any other. Quotes are taken off (RFC 2046, 5.1.1).
[[nodiscard]] std::optional<std::string> form_boundary(std::string_view content_type);

/// A parameter of a header such as Content-Disposition: `filename="a.csv"`, with quoted-pairs undone; of `filename*=UTF-8''…` (RFC 8187) the decoded
/// text, which counts before the other. Nothing where it is not there or not in either form.
[[nodiscard]] std::optional<std::string> header_parameter(std::string_view header, std::string_view name);

} // namespace keyaki::server::imports
