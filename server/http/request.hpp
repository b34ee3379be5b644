#pragma once

#include "server/http/body_file.hpp"
#include "server/http/headers.hpp"

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server::http {

/// `other` is every method that keyaki does not implement for any resource (PROPFIND, TRACE, CONNECT …): answered 501.
enum class Method { get, head, post, put, patch, delete_, options, other };

[[nodiscard]] std::string_view method_name(Method method) noexcept;
/// Methods are case-sensitive (RFC 9110, 9.1): "get" is `other`.
[[nodiscard]] Method method_from_name(std::string_view name) noexcept;

/// The parameters after "?", percent-decoded, '+' read as a space, in their order, duplicates kept.
class QueryParameters {
  public:
    using Parameter = std::pair<std::string, std::string>;

    void add(std::string name, std::string value) { m_parameters.emplace_back(std::move(name), std::move(value)); }
    /// The first value of this name; "?a" and "?a=" both give an empty text.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
    /// The first parameter whose name is not among the known ones.
    [[nodiscard]] std::optional<std::string_view> first_unknown(std::initializer_list<std::string_view> known) const {
        return first_unknown(std::span(known.begin(), known.size()));
    }
    [[nodiscard]] std::optional<std::string_view> first_unknown(std::span<const std::string_view> known) const;
    /// Throws geo::Error(invalid_input), which becomes 400, when a parameter is unknown or when a known one is given twice.
    void require_known(std::initializer_list<std::string_view> known) const { require_known(std::span(known.begin(), known.size())); }
    void require_known(std::span<const std::string_view> known) const;

    [[nodiscard]] std::size_t size() const noexcept { return m_parameters.size(); }
    [[nodiscard]] bool empty() const noexcept { return m_parameters.empty(); }
    [[nodiscard]] auto begin() const noexcept { return m_parameters.begin(); }
    [[nodiscard]] auto end() const noexcept { return m_parameters.end(); }

  private:
    std::vector<Parameter> m_parameters;
};

/// What stands at the {names} of the route's pattern, percent-decoded.
class PathParameters {
  public:
    void add(std::string name, std::string value) {
        m_parameters.reserve(4); // a tile's address has four
        m_parameters.emplace_back(std::move(name), std::move(value));
    }
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// The name must be one of the route's pattern (asserted).
    [[nodiscard]] std::string_view at(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> m_parameters;
};

/// One HTTP request, whole: nothing in it points into a socket's buffer, and it may outlive the connection.
struct Request {
    Method method = Method::get;
    std::string method_text; ///< as it came, e.g. "PROPFIND"
    std::string target;      ///< as it came, undecoded: "/tiles/a/0/0/0.mvt?x=1"; for an absolute-form the part after the authority
    std::vector<std::string>
        path_segments;     ///< percent-decoded after splitting at '/', so a segment may itself contain '/'; none for "/", a last empty one for "/a/"
    bool asterisk = false; ///< `OPTIONS *`
    QueryParameters query;
    Headers headers;
    std::string body;
    std::shared_ptr<const BodyFile> body_file; ///< the body, for a route with an admission; `body` is then empty
    std::string remote_address;                ///< the peer's numeric address, without a port
    std::string request_id;                    ///< given by the server; in X-Request-Id of the answer and in the log
    PathParameters params;                     ///< filled by the router

    /// The first field of this name, empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const { return headers.find(name).value_or(std::string_view{}); }
    /// The path as it came (undecoded), without the query.
    [[nodiscard]] std::string_view raw_path() const { return std::string_view(target).substr(0, target.find('?')); }
    /// The query as it came, without '?'.
    [[nodiscard]] std::string_view raw_query() const;
};

/// Splits and decodes target into path_segments, query and asterisk. Accepts origin-form, absolute-form (http and https) and "*" for OPTIONS
/// (RFC 9112, 3.2). Throws geo::Error(invalid_input) for anything else, for a bad percent sign, and for a NUL that hides in a percent sign.
void parse_target(Request &request);

/// A request as a test or another program inside the server writes it; the target is parsed.
[[nodiscard]] Request make_request(Method method, std::string target, std::string body = {});

/// %XX decoded; nothing when a '%' is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// Every octet outside RFC 3986's unreserved set as %XX: for links that carry names.
[[nodiscard]] std::string percent_encode(std::string_view text);

} // namespace keyaki::server::http
