#pragma once

#include "data/store.hpp"
#include "server/rally/rally.hpp"

namespace keyaki::server {

/// Whether what a configuration names is there: the layer is published, a filter selects something of it, the spots of questions, riddles and courses
/// are among those, the lines of courses are lines, and hidden spots are in a layer that only the staff may see. Error conflict where the layer is
/// not published, FieldErrors that name every other wrong field. Reads the layer.
void check_against_city(data::Store &store, const rally::Rally &rally);

} // namespace keyaki::server
