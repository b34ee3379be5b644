#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server::http {

/// Whether two ASCII texts are equal when case is ignored (field names, tokens: RFC 9110, 5.1).
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

/// The text without spaces and tabs at both ends (OWS of RFC 9110, 5.6.3).
[[nodiscard]] std::string_view trim_blanks(std::string_view text) noexcept;

/// The members of a comma-separated list (RFC 9110, 5.6.1), trimmed, empty ones left out; commas inside "quotes" do not part.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

/// Header fields in their order, duplicates kept; names compare without regard to ASCII case.
/// Names must be tokens and values free of CR, LF and NUL: add and set throw geo::Error(internal) otherwise, so that nobody splits an answer.
class Headers {
  public:
    using Field = std::pair<std::string, std::string>;

    void add(std::string name, std::string value);
    /// Replaces every field of this name by one.
    void set(std::string name, std::string value);
    void remove(std::string_view name);

    /// The first field of this name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
    /// Every field of this name, joined by ", " (RFC 9110, 5.3); nothing when there is none.
    [[nodiscard]] std::optional<std::string> joined(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
    /// Adds a member to a list field such as Vary, unless it is already there.
    void add_to_list(std::string_view name, std::string_view member);

    [[nodiscard]] std::size_t size() const noexcept { return m_fields.size(); }
    [[nodiscard]] bool empty() const noexcept { return m_fields.empty(); }
    [[nodiscard]] auto begin() const noexcept { return m_fields.begin(); }
    [[nodiscard]] auto end() const noexcept { return m_fields.end(); }

  private:
    std::vector<Field> m_fields;
};

} // namespace keyaki::server::http
