#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

#include <cstdint>

namespace keyaki::data {

/// A correction is a new transfer the other way round, of the whole amount, once (I18). A member's lots get back what the reversed transfer took;
/// points that a member loses come first from the lot that it had brought. Inside the caller's transaction. Error invalid_input (nothing written) for
/// a reference that breaks the rule for names.
ReverseResult reverse(Connection &connection, const ReverseRequest &request, std::int64_t now_us);

} // namespace keyaki::data
