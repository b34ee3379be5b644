#pragma once

#include <span>
#include <string_view>

namespace keyaki::server {

/// What of the standards is kept, class by class, as /conformance lists it. A class comes in when tests/conformance has tests of all its
/// requirements.
[[nodiscard]] std::span<const std::string_view> conformance_classes();

} // namespace keyaki::server
