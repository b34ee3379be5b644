#pragma once

#include "server/http/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::http {

/// "/tiles/{layers}/{z}/{x}/{y}.mvt", taken apart. See Router::add for the grammar.
class RoutePattern {
  public:
    /// Throws geo::Error(internal) when the pattern is wrong.
    explicit RoutePattern(std::string_view pattern);

    /// Do these decoded segments fit? Then the parameters are added.
    [[nodiscard]] bool match(const std::vector<std::string> &segments, PathParameters &parameters) const;

    /// Whether this pattern is to be tried before the other: literal, then parameter with literals (the longer the literals the earlier), then plain
    /// parameter, then rest; decided at the first segment that differs.
    [[nodiscard]] bool is_before(const RoutePattern &other) const;
    /// Fits the same paths: the same but for the parameters' names.
    [[nodiscard]] bool is_equivalent(const RoutePattern &other) const;

  private:
    struct Segment {
        enum class Kind { literal, mixed, plain, rest } kind = Kind::literal;
        std::string prefix; ///< the whole text of a literal
        std::string suffix;
        std::string name;
    };
    [[nodiscard]] static Segment parse_segment(std::string_view text, std::string_view pattern);
    [[nodiscard]] static bool match_segment(const Segment &segment, const std::string &text, PathParameters &parameters);

    std::vector<Segment> m_segments;
};

} // namespace keyaki::server::http
