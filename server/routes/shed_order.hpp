#pragma once

#include "server/application.hpp"
#include "server/http/router.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Whom an overloaded server keeps waiting and turns away first, of those who ask for layers: on the day of a disaster everybody opens the map at
/// once, and what they need of it are the layers that the setting disaster_layers names. `names` is as in a tile's address (flows/tile.hpp): one of
/// those layers among them is enough, in any revision, and `city` counts where one of them is public. Archives are shed with the rest. Never waits.
[[nodiscard]] http::ShedPriority shed_priority_of_layers(Application &application, std::string_view names) noexcept;

/// The same for routes, of the parameter of their path that names the layers.
[[nodiscard]] std::function<http::ShedPriority(const http::Request &)> shed_by_layers(Application &application, std::string parameter);

} // namespace keyaki::server
