#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string_view>

namespace keyaki::server::access {

/// A JSON object (RFC 8259) of which no two readers can read different things: UTF-8 without a mark at the beginning, nothing behind it, no member
/// twice in any object however it is written, no number beyond a double, no deeper than limits::json_depth. Null for anything else.
[[nodiscard]] std::unique_ptr<const nlohmann::json> parse_strict_object(std::string_view text);

/// The text at a member of an object; empty where it is missing or no text. Points into the object.
[[nodiscard]] std::string_view text_at(const nlohmann::json &object, std::string_view member);

} // namespace keyaki::server::access
