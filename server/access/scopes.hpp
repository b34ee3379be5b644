#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::access {

/// What a key or token may do. Those of layers hold for all layers, or with a layer's id behind them for that layer alone:
/// "layers:write:shelters"; ledger:spend so for one shop: "ledger:spend:bakery".
inline constexpr std::array<std::string_view, 12> scope_names{"checkins:write", "checkins:staff", "checkins:review", "members:read",
                                                              "ledger:read",    "ledger:write",   "layers:write",    "layers:publish",
                                                              "rallies:write",  "webhooks:write", "ledger:spend",    "members:erase"};

/// A scope name, or one of layers with a layer's id behind it, or that of shops with a shop. Layer and shop need not be there (yet).
[[nodiscard]] bool is_scope(std::string_view text) noexcept;

/// Error invalid_input for what is no scope, with the scope that was probably meant.
void require_scope(std::string_view text);

/// Whether what was granted holds one of `any_of`, for everything or for this layer or shop. `layer` is empty where the matter is not of one: then a
/// grant for one layer is none.
[[nodiscard]] bool permits(const std::vector<std::string> &granted, std::initializer_list<std::string_view> any_of, std::string_view layer) noexcept;

/// Whether what was granted holds one of `any_of` for everything or for any one layer: for lists, of which everybody sees his own part.
[[nodiscard]] bool permits_something(const std::vector<std::string> &granted, std::initializer_list<std::string_view> any_of) noexcept;

} // namespace keyaki::server::access
