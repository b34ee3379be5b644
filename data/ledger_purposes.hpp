#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

#include <string_view>
#include <vector>

/// Which shops take points of which purpose. A purpose is a unit of points ("childcare", "premium-2026"); a shop has one class ("general",
/// "childcare"). What counts is the newest line; older ones say what was allowed when an entry was made, for verify.
namespace keyaki::data {

/// The class of a shop from the next entry on. Error invalid_input for a name that breaks the rule, or a shop with a '/'.
void put_shop(Connection &connection, std::string_view shop, std::string_view shop_class);
/// Whether shops of the class take points of the purpose from the next entry on. Error invalid_input for names, and for "nin", which all shops take.
void put_purpose(Connection &connection, std::string_view purpose, std::string_view shop_class, bool is_accepted);

[[nodiscard]] bool shop_takes(Connection &connection, std::string_view shop_account, std::string_view unit);
[[nodiscard]] std::vector<Shop> shops(Connection &connection);                   ///< by name
[[nodiscard]] std::vector<PurposeClass> purpose_classes(Connection &connection); ///< those that are accepted, by purpose and class
[[nodiscard]] bool is_known_shop(Connection &connection, std::string_view shop);

} // namespace keyaki::data
