/* The driver of the outlet `erp`. */
#ifndef DUN_OUTBOX_ERP_CARRIER_H
#define DUN_OUTBOX_ERP_CARRIER_H

#include "stdlib/channel/channel.h"

extern const channel_driver ORDER_ERP;

#endif
