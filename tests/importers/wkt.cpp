#include "tests/importers/wkt.hpp"

#include <sstream>
#include <vector>

namespace keyaki::test {

geo::Geometry multi_polygon_of_wkt(const std::string &wkt) {
    geo::Geometry geometry{geo::GeometryType::multi_polygon, {}, {}, {}};
    std::size_t depth = 0;
    std::string numbers;
    for (const char letter : wkt) {
        if (letter == '(') {
            ++depth;
            numbers.clear();
        } else if (letter != ')') {
            numbers += letter == ',' ? ' ' : letter;
        } else if (depth-- == 3) {
            std::istringstream stream(numbers);
            std::vector<geo::LonLat> ring;
            for (geo::LonLat position; stream >> position.lon_deg >> position.lat_deg;) {
                ring.push_back(position);
            }
            geometry.add_part(ring);
        } else if (depth == 1) {
            geometry.end_polygon();
        }
    }
    return geometry;
}

} // namespace keyaki::test
