#include "server/http/route_pattern.hpp"

#include "geo/error.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::server::http {

namespace {

[[noreturn]] void refuse(std::string_view pattern, std::string_view reason) {
    throw geo::Error(geo::ErrorKind::internal, "the route's pattern '" + std::string(pattern) + "' " + std::string(reason));
}

} // namespace

RoutePattern::RoutePattern(std::string_view pattern) {
    if (!pattern.starts_with('/')) {
        refuse(pattern, "must begin with '/'");
    }
    for (std::size_t start = 1; pattern != "/" && start <= pattern.size();) {
        const auto end = std::min(pattern.find('/', start), pattern.size());
        if (!m_segments.empty() && m_segments.back().kind == Segment::Kind::rest) {
            refuse(pattern, "must end with its {rest...}");
        }
        auto segment = parse_segment(pattern.substr(start, end - start), pattern);
        for (const auto &earlier : m_segments) {
            if (!segment.name.empty() && earlier.name == segment.name) {
                refuse(pattern, "names a parameter twice");
            }
        }
        m_segments.push_back(std::move(segment));
        start = end + 1;
    }
}

RoutePattern::Segment RoutePattern::parse_segment(std::string_view text, std::string_view pattern) {
    Segment segment;
    const auto open = text.find('{');
    const auto close = text.find('}');
    if (open == std::string_view::npos && close == std::string_view::npos) {
        segment.prefix = text;
        return segment;
    }
    if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2 || text.find('{', open + 1) != std::string_view::npos ||
        text.find('}', close + 1) != std::string_view::npos) {
        refuse(pattern, "may have one {parameter} in a segment");
    }
    auto name = text.substr(open + 1, close - open - 1);
    segment.prefix = text.substr(0, open);
    segment.suffix = text.substr(close + 1);
    segment.kind = segment.prefix.empty() && segment.suffix.empty() ? Segment::Kind::plain : Segment::Kind::mixed;
    if (name.ends_with("...")) {
        name.remove_suffix(3);
        if (segment.kind != Segment::Kind::plain || name.empty()) {
            refuse(pattern, "must have its {rest...} alone in a segment");
        }
        segment.kind = Segment::Kind::rest;
    }
    segment.name = name;
    return segment;
}

bool RoutePattern::match_segment(const Segment &segment, const std::string &text, PathParameters &parameters) {
    if (segment.kind == Segment::Kind::literal) {
        return text == segment.prefix;
    }
    const std::string_view view = text;
    if (view.size() <= segment.prefix.size() + segment.suffix.size() || !view.starts_with(segment.prefix) || !view.ends_with(segment.suffix)) {
        return false; // a parameter is never empty
    }
    parameters.add(segment.name, std::string(view.substr(segment.prefix.size(), view.size() - segment.prefix.size() - segment.suffix.size())));
    return true;
}

bool RoutePattern::match(const std::vector<std::string> &segments, PathParameters &parameters) const {
    const bool has_rest = !m_segments.empty() && m_segments.back().kind == Segment::Kind::rest;
    if (has_rest ? segments.size() < m_segments.size() : segments.size() != m_segments.size()) {
        return false;
    }
    PathParameters found;
    const std::size_t fixed = has_rest ? m_segments.size() - 1 : m_segments.size();
    for (std::size_t at = 0; at < fixed; ++at) {
        if (!match_segment(m_segments[at], segments[at], found)) {
            return false;
        }
    }
    if (has_rest) {
        std::string rest = segments[fixed];
        for (std::size_t at = fixed + 1; at < segments.size(); ++at) {
            rest += '/' + segments[at];
        }
        found.add(m_segments.back().name, std::move(rest));
    }
    parameters = std::move(found);
    return true;
}

bool RoutePattern::is_before(const RoutePattern &other) const {
    for (std::size_t at = 0; at < std::min(m_segments.size(), other.m_segments.size()); ++at) {
        const auto &mine = m_segments[at];
        const auto &theirs = other.m_segments[at];
        if (mine.kind != theirs.kind) {
            return mine.kind < theirs.kind;
        }
        const auto my_length = mine.prefix.size() + mine.suffix.size();
        const auto their_length = theirs.prefix.size() + theirs.suffix.size();
        if (mine.kind == Segment::Kind::mixed && my_length != their_length) {
            return my_length > their_length;
        }
    }
    return m_segments.size() > other.m_segments.size();
}

bool RoutePattern::is_equivalent(const RoutePattern &other) const {
    return std::equal(m_segments.begin(), m_segments.end(), other.m_segments.begin(), other.m_segments.end(),
                      [](const auto &one, const auto &two) { return one.kind == two.kind && one.prefix == two.prefix && one.suffix == two.suffix; });
}

} // namespace keyaki::server::http
