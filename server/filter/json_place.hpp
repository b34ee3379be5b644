#pragma once

#include "server/filter/expression.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace keyaki::server::filter {

/// Where a value stands in a JSON document: a chain of stack frames, written out as RFC 6901 pointer only when somebody asks.
class JsonPlace {
  public:
    JsonPlace() = default;
    JsonPlace(const JsonPlace &parent, std::string_view member) : m_parent(&parent), m_member(member) {}
    JsonPlace(const JsonPlace &parent, std::size_t index) : m_parent(&parent), m_index(index) {}

    /// "/args/0"; "/" for the document itself.
    [[nodiscard]] std::string pointer() const;

  private:
    void append(std::string &pointer) const;

    const JsonPlace *m_parent = nullptr;
    std::string_view m_member;
    std::size_t m_index = 0;
};

/// Throws "filter, at /args/0: expected …, found …".
[[noreturn]] void refuse_json(const JsonPlace &place, std::string_view expected, const nlohmann::json &found);

/// GeoJSON's geometry object or { "bbox": […] }. Throws Error invalid_input.
[[nodiscard]] SpatialLiteral read_spatial_literal(const nlohmann::json &value, const JsonPlace &place);

} // namespace keyaki::server::filter
