#pragma once

#include "data/ledger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace keyaki::data {

/// What one account of a shop took and paid in a stretch of time. opening + Σ lines = closing.
struct ShopAccountStatement {
    std::string account;
    std::string unit;
    std::int64_t opening = 0; ///< posted points before the first line
    std::int64_t closing = 0;
    std::int64_t pending = 0;    ///< points that members have reserved for it, at the end
    std::vector<Transfer> lines; ///< that moved points (posted), by sequence
};

/// Of a shop in all its units, for entries with time in [from_us, to_us).
struct ShopStatement {
    std::string shop;
    std::int64_t from_us = 0;
    std::int64_t to_us = 0;
    std::vector<ShopAccountStatement> accounts; ///< by id
};

} // namespace keyaki::data
