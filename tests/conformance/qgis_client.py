"""Opens layers of a server in QGIS as its data source manager does, and prints what QGIS sees as one JSON object.

usage: QT_QPA_PLATFORM=offscreen python3 qgis_client.py http://127.0.0.1:8080
"""
import json
import sys

from qgis.core import (Qgis, QgsApplication, QgsDataSourceUri, QgsFeatureRequest, QgsRectangle, QgsVectorLayer)

address = sys.argv[1]
BOX = QgsRectangle(139.52, 35.77, 139.54, 35.80)


def opened(layer, **parameters):
    uri = QgsDataSourceUri()
    for name, value in {"url": address + "/", "typename": layer, "pageSize": "7", **parameters}.items():
        uri.setParam(name, value)
    return QgsVectorLayer(uri.uri(False), layer, "OAPIF")


def place_of(features, name):
    for feature in features:
        if feature["name"] == name:
            point = feature.geometry().asPoint() if not feature.geometry().isMultipart() else feature.geometry().asMultiPoint()[0]
            return [round(point.x(), 7), round(point.y(), 7)]
    return None


def seen(layer):
    features = list(layer.getFeatures())
    return {"valid": layer.isValid(), "announced": layer.featureCount(), "read": len(features), "crs": layer.crs().authid(),
            "fields": [field.name() + ":" + field.typeName() for field in layer.fields()]}, features


QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()

result = {"version": Qgis.QGIS_VERSION}
layer = opened("shelters")
result["shelters"], features = seen(layer)
result["shelters"]["place"] = place_of(features, "第三中学校")
result["shelters"]["flood_expected"] = sum(1 for feature in features if feature["hazard_flood"])
result["shelters"]["in_box"] = len(list(layer.getFeatures(QgsFeatureRequest(BOX))))
result["shelters"]["in_box_expected"] = sum(1 for feature in features if feature.geometry().intersects(QgsRectangle(BOX)))
layer.setSubsetString("hazard_flood = true")
result["shelters"]["flood"] = len(list(layer.getFeatures()))
for name in ["boundary", "rivers"]:
    result[name] = seen(opened(name))[0]
print(json.dumps(result, ensure_ascii=False))
