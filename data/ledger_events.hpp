#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

namespace keyaki::data {

/// Tells the outside what became of a held award: points.awarded where it was posted, points.voided where it was voided or its time was over. The
/// event's id comes from the entry's hash, so that it is the same at every attempt and no other's. Other ends are told to nobody. Inside the caller's
/// transaction.
void announce_end(Connection &connection, const Transfer &end);

} // namespace keyaki::data
