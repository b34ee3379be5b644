#pragma once

#include "server/filter/expression.hpp"

#include <functional>

namespace keyaki::test {

/// Calls parse(), binds what it gives to a small layer and evaluates it there; requires the promises of server/filter.
void try_filter(const std::function<server::filter::Expression()> &parse);

} // namespace keyaki::test
